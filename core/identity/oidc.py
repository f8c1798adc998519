"""Single sign-on with OpenID Connect: the code flow with PKCE. The owner of authlib and joserfc.

A sign-in that was begun lives for ten minutes, in memory or where all back-ends see it, and its `state` is
bound to the browser by a cookie, so nobody can be signed in with an answer that another person asked for.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.errors import SingleSignOnFailed
from core.identity.directory import OutsidePerson

LIFE_SECONDS = 600.0
MOST_BEGUN = 1000
ANSWER_SECONDS = 10.0
CLOCK_LEEWAY = 60  # seconds that the provider's clock may differ
# No symmetric kinds and no "none": the client's secret must not be able to sign for the provider.
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]


@dataclass(frozen=True)
class OidcSettings:
    """How the provider is asked, and where it sends the browser back to."""

    issuer: str
    client: str
    secret: str
    groups_claim: str
    callback: str


@dataclass(frozen=True)
class PendingSignIn:
    """What the answer to a sign-in that was begun is held against."""

    nonce: str
    verifier: str


class BegunSignIns(Protocol):
    """Sign-ins that were begun less than LIFE_SECONDS ago, each by its `state`."""

    def keep(self, state: str, begun: PendingSignIn) -> None:
        """Remember it."""

    def take(self, state: str) -> PendingSignIn | None:
        """That one, once; None where it was begun elsewhere, too long ago, or was taken."""


class InMemory:
    """Of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[PendingSignIn, float]] = {}
        self._lock = threading.Lock()

    def keep(self, state: str, begun: PendingSignIn) -> None:
        """Remember it; of very many the oldest is forgotten."""
        with self._lock:
            now = time.monotonic()
            self._begun = {key: kept for key, kept in self._begun.items() if kept[1] > now}
            if len(self._begun) >= MOST_BEGUN:
                del self._begun[next(iter(self._begun))]
            self._begun[state] = (begun, now + LIFE_SECONDS)

    def take(self, state: str) -> PendingSignIn | None:
        """That one, once."""
        with self._lock:
            begun, until = self._begun.pop(state, (None, 0.0))
        return begun if time.monotonic() < until else None


class SingleSignOn:
    """The way to one provider. Safe to share between threads."""

    def __init__(self, settings: OidcSettings, begun: BegunSignIns | None = None) -> None:
        """`begun`: where sign-ins wait for their answer; None: in memory."""
        self.settings = settings
        self._begun: BegunSignIns = begun if begun is not None else InMemory()
        self._known: dict[str, Any] = {}

    def begin(self) -> tuple[str, str]:
        """Where the browser must go, and the `state` that it must bring back. Raises SingleSignOnFailed."""
        known = self._provider()
        begun = PendingSignIn(secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        with self._client() as client:
            address, state = client.create_authorization_url(
                known["authorization_endpoint"], nonce=begun.nonce, code_verifier=begun.verifier
            )
        self._begun.keep(str(state), begun)
        return str(address), str(state)

    def end(self, state: str, code: str) -> OutsidePerson:
        """Who the provider says has signed in. A `state` is good once. Raises SingleSignOnFailed."""
        begun = self._begun.take(state)
        if begun is None:
            raise SingleSignOnFailed(problem="it was begun elsewhere or too long ago")
        known = self._provider()
        try:
            with self._client() as client:
                token = client.fetch_token(known["token_endpoint"], code=code, code_verifier=begun.verifier)
                claims = self._claims(str(token["id_token"]), begun.nonce, known)
                if self.settings.groups_claim not in claims and "userinfo_endpoint" in known:
                    more = client.get(known["userinfo_endpoint"]).raise_for_status().json()
                    if more.get("sub") == claims["sub"]:
                        claims = more | claims
        except (OAuthError, JoseError, httpx.HTTPError, KeyError, ValueError) as error:
            raise SingleSignOnFailed(problem=f"{type(error).__name__}: {error}"[:200]) from error
        return self._person(claims)

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self.settings.client,
            client_secret=self.settings.secret or None,
            token_endpoint_auth_method="client_secret_basic" if self.settings.secret else "none",
            scope="openid profile",
            redirect_uri=self.settings.callback,
            code_challenge_method="S256",
            trust_env=False,
            timeout=ANSWER_SECONDS,
        )

    def _provider(self) -> dict[str, Any]:
        """What the provider says of itself; asked once, and again after a failure."""
        if not self._known:
            issuer = self.settings.issuer.rstrip("/")
            described = self._get(f"{issuer}/.well-known/openid-configuration")
            if str(described.get("issuer", "")).rstrip("/") != issuer:
                raise SingleSignOnFailed(problem=f"the provider calls itself {described.get('issuer')}")
            self._known = described
        return self._known

    def _claims(self, id_token: str, nonce: str, known: dict[str, Any]) -> dict[str, Any]:
        published = self._get(known["jwks_uri"])["keys"]  # fetched each time: providers change their keys
        keys = KeySet.import_key_set({"keys": published})
        decoded = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(
            leeway=CLOCK_LEEWAY,
            iss={"essential": True, "value": known["issuer"]},
            aud={"essential": True, "value": self.settings.client},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(decoded.claims)
        return dict(decoded.claims)

    def _get(self, address: str) -> dict[str, Any]:
        try:
            answer = httpx.get(address, timeout=ANSWER_SECONDS, trust_env=False).raise_for_status()
            content: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SingleSignOnFailed(problem=f"{address}: {error}"[:200]) from error
        return content

    def _person(self, claims: dict[str, Any]) -> OutsidePerson:
        groups = claims.get(self.settings.groups_claim) or []
        if isinstance(groups, str):
            groups = [groups]
        shown = claims.get("preferred_username") or claims.get("name") or claims.get("email") or claims["sub"]
        return OutsidePerson(str(claims["sub"]), str(shown), frozenset(str(group) for group in groups))
