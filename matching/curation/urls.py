from django.urls import path

from matching.curation import pages

urlpatterns = [
    path("", pages.categories, name="matrix"),
    path("skills/<slug:slug>/", pages.category, name="matrix-category"),
    path("fields/", pages.fields, name="matrix-fields"),
    path("boosts/", pages.boosts, name="matrix-boosts"),
    path("weights/", pages.weights, name="matrix-weights"),
    path("words/", pages.words, name="matrix-words"),
    path("cell/", pages.set_cell, name="matrix-cell"),
    path("draft/", pages.draft, name="matrix-draft"),
    path("draft/discard/", pages.discard, name="matrix-discard"),
    path("preview/", pages.preview, name="matrix-preview"),
    path("publish/", pages.publish, name="matrix-publish"),
    path("unknown/", pages.unknown_skills, name="matrix-unknown"),
    path("csv/", pages.take, name="matrix-csv"),
    path("export.csv", pages.export, name="matrix-export"),
    path("versions/", pages.versions, name="matrix-versions"),
    path("versions/<int:number>/", pages.version, name="matrix-version"),
    path("versions/<int:number>/revert/", pages.revert, name="matrix-revert"),
]
