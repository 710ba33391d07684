"""People to show the product with: believable, reproducible and none of them real.

`people` draws any number of them from a seed, `cast` holds the four one can sign in as, `portraits` draws their faces.
Nothing here knows Django: whoever seeds a database turns a `Person` into rows.
"""
