"""Tokens and keys as an issuer makes them, with hmac and the openssl command."""

import base64
import hashlib
import hmac
import json
import subprocess
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, check=True).stdout


def number(text):
    """The bytes of a number as openssl prints it: hexadecimal digits in lines."""
    return bytes.fromhex("".join(text.split()).replace(":", ""))


class Signer:
    """algorithm and id stand in the header; sign() makes the signature of bytes."""

    algorithm = None
    id = None

    def token(self, user="ann", seconds=600, header=None, **claims):
        """Claims that are None are left out."""
        claims = {"sub": user, "exp": int(time.time()) + seconds, **claims}
        header = {"alg": self.algorithm, "typ": "JWT", **({"kid": self.id} if self.id else {}), **(header or {})}
        parts = [base64url(json.dumps(part).encode()) for part in
                 (header, {k: v for k, v in claims.items() if v is not None})]
        text = ".".join(parts)
        return text + "." + base64url(self.sign(text.encode()))


class Secret(Signer):
    algorithm = "HS256"

    def __init__(self, secret, id=None):
        self.secret = secret.encode() if isinstance(secret, str) else secret
        self.id = id

    def sign(self, text):
        return hmac.new(self.secret, text, hashlib.sha256).digest()

    def jwk(self):
        return {"kty": "oct", "k": base64url(self.secret), "kid": self.id}


class KeyPair(Signer):
    def __init__(self, folder, id=None):
        self.id = id
        self.file = folder / f"{self.algorithm}-{id}.pem"
        openssl("genpkey", *self.KIND, "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout")


class Rsa(KeyPair):
    algorithm = "RS256"
    KIND = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")

    def sign(self, text):
        return openssl("dgst", "-sha256", "-sign", self.file, given=text)

    def jwk(self):
        modulus = openssl("rsa", "-pubin", "-noout", "-modulus", given=self.public).decode().split("=")[1]
        return {"kty": "RSA", "n": base64url(number(modulus)), "e": "AQAB", "kid": self.id, "alg": "RS256",
                "use": "sig"}


class P256(KeyPair):
    algorithm = "ES256"
    KIND = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")

    def sign(self, text):
        """The two numbers out of the DER that openssl makes."""
        der = openssl("dgst", "-sha256", "-sign", self.file, given=text)
        r_length = der[3]
        r, s = der[4:4 + r_length], der[6 + r_length:]
        return b"".join(n[-32:].rjust(32, b"\0") for n in (r, s))

    def jwk(self):
        # The last 64 bytes of the key are its point.
        point = openssl("pkey", "-pubin", "-outform", "DER", given=self.public)[-64:]
        return {"kty": "EC", "crv": "P-256", "x": base64url(point[:32]), "y": base64url(point[32:]), "kid": self.id}
