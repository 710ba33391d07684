"""A device that keeps one passkey, as tests hold it: what a browser and its authenticator do between the question and the answer."""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Device:
    def __init__(self, *, origin: str = "http://testserver", verifies: bool = True) -> None:
        self.origin, self.flags = origin, PRESENT | (VERIFIED if verifies else 0)
        self.key, self.name, self.counter = ec.generate_private_key(ec.SECP256R1()), os.urandom(32), 0
        self.owner = b""

    def create(self, question: dict[str, Any]) -> str:
        asked = question["publicKey"]
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        credential = bytes(16) + len(self.name).to_bytes(2, "big") + self.name + public
        data = self.seen(asked["rp"]["id"], ATTESTED) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self.answer({"clientDataJSON": self.said("webauthn.create", asked), "attestationObject": attestation})

    def get(self, question: dict[str, Any]) -> str:
        asked = question["publicKey"]
        self.counter += 1
        data, said = self.seen(asked["rpId"]), self.said("webauthn.get", asked)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        owner = {"userHandle": self.owner} if self.owner else {}
        return self.answer({"clientDataJSON": said, "authenticatorData": data, "signature": signature, **owner})

    def seen(self, host: str, more: int = 0) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")

    def said(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def answer(self, response: dict[str, bytes]) -> str:
        name = websafe_encode(self.name)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": {part: websafe_encode(raw) for part, raw in response.items()}}
        )
