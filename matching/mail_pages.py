"""The page behind the address that ends mails about matches."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from matching import match_mails


@csrf_exempt  # a mail program's POST comes without cookies; the word in the address is the proof
def stop(request: HttpRequest, word: str) -> HttpResponse:
    if done := request.method == "POST":
        match_mails.stop(word)
    else:
        match_mails.reader_of(word)  # a page that looks at a link, as scanners of mail do, changes nothing
    return render(request, "matching/stop_mails.html", {"done": done})
