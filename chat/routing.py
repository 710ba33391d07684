"""Addresses of sockets."""

from typing import Any

from django.urls import path

from chat.consumers import chat_socket

websocket_urlpatterns: list[Any] = [path("ws/chat", chat_socket)]  # type: ignore[arg-type]  # Channels routes to ASGI callables
