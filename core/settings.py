"""Every setting of Shoko in one place; read in the composition root alone and passed on as arguments.

A setting comes from (first wins): an argument of the command, the environment (`SHOKO_…`), the file
`shoko.toml` in the data folder, the default below.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import BadValue
from core.originals.address import bucket_address

PROJECT = Path(__file__).resolve().parent.parent


# Settings that no other process is handed: neither a proof nor an evaluation needs them.
SECRETS = {"ldap_password", "oidc_secret", "smb_password", "model_server_key", "s3_secret_key"}


def default_data_folder() -> Path:
    """`data/` beside the sources in a checkout, else a folder in the user's home."""
    if (PROJECT / "pyproject.toml").exists():
        return PROJECT / "data"
    return Path.home() / ".local" / "share" / "shoko"


class Settings(BaseSettings):
    """The settings. Sizes are in the unit that the name says."""

    model_config = SettingsConfigDict(env_prefix="SHOKO_", env_ignore_empty=True, extra="forbid", frozen=True)

    data: Path = Field(
        default_factory=default_data_folder,
        description="Folder of records, files, indexes and models.",
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8750, ge=0, le=65535, description="Port of the API; 0 takes a free one.")
    ui_port: int = Field(8751, ge=0, le=65535, description="Port of the screens; 0 takes a free one.")
    ui_url: str = Field(
        "",
        description="Address of the screens as browsers reach it, behind a proxy say; empty: http://host:ui_port.",
    )
    public_url: str = Field(
        "",
        description="Address of the API as browsers reach it, behind a proxy say; empty: http(s)://host:port.",
    )
    embed_origins: str = Field(
        "", description="Origins whose pages may frame the question box, by comma: https://intranet.example."
    )
    tls_certificate: Path | None = Field(None, description="File of the certificate chain (PEM).")
    tls_key: Path | None = Field(None, description="File of the certificate's key (PEM).")
    plain_network: bool = Field(
        False,
        description="Listen beyond this computer without encryption: a proxy or closed network protects it.",
    )
    session_hours: float = Field(12.0, gt=0, description="Hours without use after which a sign-in ends.")
    session_days: float = Field(14.0, gt=0, description="Days after which a sign-in ends in any case.")
    password_characters: int = Field(12, ge=8, le=128, description="Fewest characters of a new password.")
    sign_in_failures: int = Field(10, ge=1, description="Wrong passwords after which an account is locked.")
    sign_in_lock_minutes: float = Field(15.0, gt=0, description="How long it is locked.")
    requests_a_minute: int = Field(600, ge=10, description="Most requests of one person in a minute.")
    audit_key: Path | None = Field(
        None, description="File of the key that signs the log's checkpoints; empty: in the data folder."
    )
    check_minutes: float = Field(
        60.0, gt=0, description="How long a file that was sent to be checked is kept, and its report."
    )
    question_texts: Literal["stored", "hashed", "none"] = Field(
        "stored", description="What is kept of a question's text, and of what a model wrote to it."
    )
    oidc_issuer: str = Field("", description="Address of the single sign-on provider (OpenID Connect).")
    oidc_client: str = Field("", description="Name by which the provider knows Shoko.")
    oidc_secret: SecretStr | None = Field(None, description="Secret that the provider gave Shoko.")
    oidc_groups: str = Field("groups", description="Claim that lists a person's groups.")
    ldap_url: str = Field("", description="Address of the directory: ldaps://host or ldap://host.")
    ldap_base: str = Field("", description="Where people and groups stand: dc=company,dc=example.")
    ldap_user: str = Field("", description="Distinguished name that may search; empty: anonymous.")
    ldap_password: SecretStr | None = Field(None, description="Its password.")
    ldap_filter: str = Field(
        "(uid={name})", description="How a person is found; AD: (sAMAccountName={name})."
    )
    ldap_certificate: Path | None = Field(None, description="Certificate authority of the directory (PEM).")
    ldap_plain: bool = Field(False, description="Speak to an ldap:// address without StartTLS.")
    smb_user: str = Field(
        "", description="Account that reads rights on the file server: COMPANY\\name or name@company.example."
    )
    smb_password: SecretStr | None = Field(None, description="Its password.")
    imap_user: str = Field("", description="Account that reads watched folders of mail servers.")
    imap_password: SecretStr | None = Field(None, description="Its password.")
    imap_certificate: Path | None = Field(None, description="Certificate authority of those servers (PEM).")
    smtp_url: str = Field(
        "", description="The company's mail server for digests: smtps://host or smtp://host:587; empty: none."
    )
    smtp_sender: str = Field("", description="Address that mails come from.")
    smtp_domains: str = Field("", description="Domains that mail may go to, by comma; no other gets any.")
    smtp_user: str = Field("", description="Account on the mail server; empty: none is needed.")
    smtp_password: SecretStr | None = Field(None, description="Its password.")
    smtp_certificate: Path | None = Field(None, description="Certificate authority of the mail server (PEM).")
    smtp_plain: bool = Field(False, description="Speak to an smtp:// address without StartTLS.")
    directory_administrators: str = Field(
        "", description="Group of the directory whose members are administrators; empty: made by hand."
    )
    database_url: str = Field(
        "", description="SQLAlchemy address of the records; empty: SQLite in the data folder."
    )
    chroma_host: str = Field("", description="host:port of a Chroma server; empty: in the data folder.")
    index: str = Field(
        "",
        description="Where the index lies: empty, milvus, milvus:FOLDER or milvus+http://host:port/database.",
    )
    originals: str = Field(
        "",
        description="Folder, or bucket (s3+https://host/bucket), of originals; empty: in the data folder.",
    )
    s3_access_key: str = Field("", description="Access key of the store where the originals are.")
    s3_secret_key: SecretStr | None = Field(None, description="Its secret key.")
    s3_certificate: Path | None = Field(
        None, description="Certificate authority of the originals' store (PEM)."
    )
    workers: Literal["here", "elsewhere"] = Field(
        "here",
        description="Where files are read: in the back-end, or `elsewhere`, by `shoko worker`.",
    )
    metrics: Literal["administrator", "loopback", "off"] = Field(
        "administrator", description="Who may read /metrics: administrators, also this computer, or nobody."
    )
    traces: str = Field(
        "", description="Address of an OpenTelemetry collector (OTLP over HTTP); empty: no traces."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the log's lines.")
    allowed_hosts: str = Field(
        "",
        description="Names, addresses, networks (10.2.0.0/16), by comma, that Shoko may also speak to.",
    )

    model: str = Field("auto", description="Chat model: a name from `shoko models list`, `auto` or `none`.")
    embedder: str = Field(
        "auto", description="Embedding model: a name from `shoko models list`, `auto` or `none`."
    )
    reranker: str = Field(
        "auto",
        description="Reranker: a name, a cross-encoder's folder, `none`, or `auto`: the one that was chosen.",
    )
    models: Path | None = Field(None, description="Folder of model files; empty: in the data folder.")
    context_tokens: int = Field(4096, ge=512, description="Context that the chat model is opened with.")
    answer_tokens: int = Field(320, ge=16, description="Longest answer of the chat model, in tokens.")
    answer_seconds: float = Field(90.0, gt=0, description="Deadline of one answer of the chat model.")
    translated_answers: Literal["auto", "all", "none"] = Field(
        "auto",
        description="Answers from quotes in another language than the question's: auto (between languages"
        " where what is shown was right often enough), all, or none.",
    )
    threads: int = Field(0, ge=0, description="Threads of the models; 0: the physical cores.")
    answers_kept: int = Field(
        256, ge=0, description="Answers kept in memory for a question that comes again."
    )
    queue_limit: int = Field(16, ge=1, description="Questions that may wait for the chat model.")

    model_servers: str = Field(
        "",
        description="Addresses of OpenAI-compatible servers, by comma: http://host:port#model.",
    )
    model_server_key: str = Field("", description="Key that those servers ask for.")
    fallback_model: str = Field(
        "", description="Chat model that answers while the first cannot: a name; empty: quotes alone."
    )
    gpu_layers: int = Field(
        0, ge=-1, description="Layers of the chat model on the GPU; -1: all. The engine must be built for it."
    )
    bare_model: bool = Field(
        False, description="Whether programs may speak with the chat model itself over /v1, unchecked."
    )

    upload_limit_mb: int = Field(500, ge=1, description="Largest file that is accepted.")
    page_limit: int = Field(5000, ge=1, description="Most pages that are read of one file.")
    read_seconds: float = Field(600.0, gt=0, description="Longest time for reading one file.")
    read_memory_mb: int = Field(1500, ge=300, description="Most memory for reading one file.")
    folder_seconds: float = Field(
        300.0, ge=1, description="Seconds from one look through a watched folder to the next."
    )
    ocr_languages: str = Field(
        "auto",
        description="Languages to recognise in scans, by Tesseract's names with +; `auto` or `none`.",
    )
    ocr_engine: Literal["auto", "tesseract"] = Field(
        "auto", description="What recognises the text of scans: the installed networks, or Tesseract."
    )
    ocr_seconds: float = Field(120.0, gt=0, description="Longest time for recognising one page.")
    first_sentence_seconds: float = Field(
        12.0,
        gt=0,
        description="Longest time to the first sentence of a model that Shoko chooses by itself.",
    )
    question_characters: int = Field(4000, ge=10, description="Longest question.")

    passages: int = Field(40, ge=1, le=200, description="Passages that the search hands to evidence.")
    quotes: int = Field(3, ge=1, le=10, description="Quotes shown with an answer.")
    refusal_threshold: float = Field(
        0.25, ge=0, le=1, description="Least probability at which the evidence counts as an answer."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file; no dotenv, no secrets folder."""
        data = init_settings().get("data") or env_settings().get("data") or default_data_folder()
        file = Path(data) / "shoko.toml"
        try:
            toml = TomlConfigSettingsSource(settings_cls, toml_file=file)
        except ValueError as error:  # not TOML, or not in UTF-8
            raise BadValue(
                name=file, problem=error, fix="Correct it; docs/settings.md lists all settings"
            ) from error
        return init_settings, env_settings, toml

    @property
    def models_folder(self) -> Path:
        """Where model files lie."""
        return self.models or self.data / "models"

    @property
    def originals_folder(self) -> Path:
        """Where originals lie, or pass through; drawn pages and kept checks lie beside it."""
        if not self.originals or bucket_address(self.originals) is not None:
            return self.data / "originals"
        return Path(self.originals)

    @property
    def seal(self) -> Path:
        """The file of the key that signs the log's checkpoints."""
        return self.audit_key or self.data / "keys" / "audit.key"

    @property
    def screens(self) -> str:
        """Where browsers find the screens."""
        return self.ui_url.rstrip("/") or f"{self.scheme}://{self.named_host}:{self.ui_port}"

    @property
    def scheme(self) -> str:
        """https if there is a certificate."""
        return "https" if self.tls_certificate is not None else "http"

    @property
    def named_host(self) -> str:
        """The host in printed addresses: no browser can open 0.0.0.0."""
        name = socket.gethostname() if self.host in ("0.0.0.0", "::", "") else self.host
        return f"[{name}]" if ":" in name else name

    @property
    def address(self) -> str:
        """Where browsers find the API."""
        return self.public_url.rstrip("/") or f"{self.scheme}://{self.named_host}:{self.port}"

    @property
    def database(self) -> str:
        """The SQLAlchemy address that is used."""
        return self.database_url or f"sqlite:///{self.data / 'shoko.sqlite3'}"


def load_settings(**given: Any) -> Settings:
    """The settings, with those arguments first that are not None. Raises BadValue naming the setting."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "shoko.toml"
        raise BadValue(
            name=f"SHOKO_{name.upper()}",
            problem=first["msg"],
            fix="Correct it in the environment or in shoko.toml; docs/settings.md lists all settings",
        ) from error
