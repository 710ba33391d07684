"""The operations of photos as the reference shows them."""

from ops.reference import Operation, page

KEY = "1NneI5d6VcdBr4nsHCoJP66tjenQwcoYWimboqukiZ8"
PHOTO = {
    "id": "01a213c2-4d3d-7334-94e5-b19e6e16d159",
    "position": 0,
    "status": "ready",
    "width": 640,
    "height": 640,
    "thumbhash": "qwgSFwb3iFh8hoeJdqhoh2h3h2A4F3AJ",
    "urls": {size: f"/photos/{KEY}/{size}.webp" for size in ("card", "page", "thumb")},
    "alt": "Portrait of Ben Hartmann",
}
THEN_CHANGE = {name: {"photo_id": "$response.body#/id"} for name in ("change_photo", "remove_photo")}

OPERATIONS = {
    "GET /api/photos": Operation("list_photos", "Your photos in their order", answers={200: page(PHOTO)}),
    "POST /api/photos": Operation(
        "add_photo",
        "Add a photo: a JPEG, PNG or WebP file of up to 10 MB",
        sends={"file": "(the bytes of a picture)", "alt": PHOTO["alt"]},
        answers={201: PHOTO},
        refusals=("too_many_photos",),
        etag=True,
        leads_to=THEN_CHANGE,
    ),
    "PATCH /api/photos/{photo_id}": Operation(
        "change_photo", "Move a photo, or describe it", sends={"position": 0, "alt": PHOTO["alt"]}, answers={200: PHOTO}
    ),
    "DELETE /api/photos/{photo_id}": Operation("remove_photo", "Delete a photo"),
}
