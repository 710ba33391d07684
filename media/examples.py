"""The operations of photos as the reference shows them."""

from ops.reference import Operation, page

SIZES, SIGNED = ("card", "page", "thumb"), "until=1764093600&sig=Zb6yZQnB3a9kq1Vt0mXcR5sL"
KEY = "1NneI5d6VcdBr4nsHCoJP66tjenQwcoYWimboqukiZ8"
PHOTO = {
    "id": "01a213c2-4d3d-7334-94e5-b19e6e16d159",
    "position": 0,
    "status": "ready",
    "width": 640,
    "height": 640,
    "thumbhash": "qwgSFwb3iFh8hoeJdqhoh2h3h2A4F3AJ",
    "urls": {size: f"/photos/{KEY}/{size}.webp?{SIGNED}" for size in SIZES},
    "jpeg_urls": {size: f"/photos/{KEY}/{size}.jpg?{SIGNED}" for size in SIZES},
    "alt": "Portrait of Ben Hartmann",
}
UPLOAD = "01a213c2-5b1a-7c44-8d0e-3f6c5a1b9e77"
PLACE = {
    "id": UPLOAD,
    "method": "PUT",
    "url": f"https://alliv.example.org/api/photos/uploads/{UPLOAD}/content?until=1764093600&sig=Zb6yZQnB3a9kq1Vt0mXcR5sL",
    "headers": {"Content-Type": "image/jpeg", "Content-Length": "48213"},
    "expires_at": "2026-11-25T17:45:00Z",
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
    "POST /api/photos/uploads": Operation(
        "begin_upload",
        "Announce a file that you will put into the storage yourself",
        sends={"content_type": "image/jpeg", "size": 48213, "alt": PHOTO["alt"]},
        answers={201: PLACE},
        refusals=("too_many_photos",),
        leads_to={name: {"upload_id": "$response.body#/id"} for name in ("put_upload", "complete_upload")},
    ),
    "PUT /api/photos/uploads/{upload_id}/content": Operation(
        "put_upload",
        "Put an announced file, where no S3 is configured; the address is the credential",
        sends="(the bytes of a picture)",
        refusals=("wrong_size",),
    ),
    "POST /api/photos/uploads/{upload_id}/complete": Operation(
        "complete_upload",
        "Make an uploaded file a photo; said again, it answers 200 with the same photo",
        answers={200: PHOTO, 201: PHOTO},
        refusals=("upload_missing", "wrong_size", "too_large", "unsupported_media_type", "too_many_photos"),
        etag=True,
        leads_to=THEN_CHANGE,
    ),
    "GET /api/photos/{photo_id}": Operation("show_photo", "One photo of yours", answers={200: PHOTO}, etag=True),
    "PATCH /api/photos/{photo_id}": Operation(
        "change_photo",
        "Move a photo, or describe it",
        sends={"position": 0, "alt": PHOTO["alt"]},
        answers={200: PHOTO},
        refusals=("precondition_failed",),
        etag=True,
    ),
    "DELETE /api/photos/{photo_id}": Operation("remove_photo", "Delete a photo", refusals=("precondition_failed",)),
}
