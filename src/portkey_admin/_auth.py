"""Authentication as the spec's security scheme asks for it."""

from __future__ import annotations

from collections.abc import Generator

import httpx

from portkey_admin._errors import ConfigurationError
from portkey_admin._secret import Secret
from portkey_admin_connections import is_field_value, origin


class ApiKeyAuth(httpx.Auth):
    """Sets a header to an API key on requests to one origin, and on no others.

    In an httpx client that follows redirects the header goes along with a redirected request, as
    all headers but Authorization do: PortkeyAdmin follows none.

    Raises ConfigurationError, without showing it, for a key that no header can carry.
    """

    def __init__(self, header: str, api_key: Secret, server: httpx.URL) -> None:
        self._header = header
        self._api_key = api_key
        self._origin = origin(server)
        if not (api_key.reveal() and is_field_value(api_key.reveal())):
            raise ConfigurationError(
                "the API key is empty, starts or ends with white space, or has characters that a "
                "header cannot carry (line breaks, or others than ASCII)",
                "api_key",
            )

    def __repr__(self) -> str:
        return f"ApiKeyAuth({self._header!r}, {self._api_key!r}, origin={self._origin!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yield `request`, signed where it goes to the origin."""
        self.sign(request)
        yield request

    def sign(self, request: httpx.Request) -> bool:
        """Set the header where `request` goes to the origin; return whether it does."""
        own = origin(request.url) == self._origin
        if own:
            request.headers[self._header] = self._api_key.reveal()
        return own
