from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_key_list import ApiKeyList
from ...models.error import Error
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    page_size: int | Unset = UNSET,
    current_page: int | Unset = UNSET,
    workspace_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["page_size"] = page_size

    params["current_page"] = current_page

    params["workspace_id"] = workspace_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api-keys",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiKeyList | Error | None:
    if response.status_code == 200:
        response_200 = ApiKeyList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = Error.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ApiKeyList | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = UNSET,
    current_page: int | Unset = UNSET,
    workspace_id: str | Unset = UNSET,
) -> Response[ApiKeyList | Error]:
    """List API Keys

     Lists the API keys that the admin key can see, page by page. Listing needs other scopes
    than creating a key.

    Args:
        page_size (int | Unset):  Example: 100.
        current_page (int | Unset):  Example: 0.
        workspace_id (str | Unset):  Example: ws-myworkspace.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiKeyList | Error]
    """

    kwargs = _get_kwargs(
        page_size=page_size,
        current_page=current_page,
        workspace_id=workspace_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = UNSET,
    current_page: int | Unset = UNSET,
    workspace_id: str | Unset = UNSET,
) -> ApiKeyList | Error | None:
    """List API Keys

     Lists the API keys that the admin key can see, page by page. Listing needs other scopes
    than creating a key.

    Args:
        page_size (int | Unset):  Example: 100.
        current_page (int | Unset):  Example: 0.
        workspace_id (str | Unset):  Example: ws-myworkspace.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiKeyList | Error
    """

    return sync_detailed(
        client=client,
        page_size=page_size,
        current_page=current_page,
        workspace_id=workspace_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = UNSET,
    current_page: int | Unset = UNSET,
    workspace_id: str | Unset = UNSET,
) -> Response[ApiKeyList | Error]:
    """List API Keys

     Lists the API keys that the admin key can see, page by page. Listing needs other scopes
    than creating a key.

    Args:
        page_size (int | Unset):  Example: 100.
        current_page (int | Unset):  Example: 0.
        workspace_id (str | Unset):  Example: ws-myworkspace.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiKeyList | Error]
    """

    kwargs = _get_kwargs(
        page_size=page_size,
        current_page=current_page,
        workspace_id=workspace_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = UNSET,
    current_page: int | Unset = UNSET,
    workspace_id: str | Unset = UNSET,
) -> ApiKeyList | Error | None:
    """List API Keys

     Lists the API keys that the admin key can see, page by page. Listing needs other scopes
    than creating a key.

    Args:
        page_size (int | Unset):  Example: 100.
        current_page (int | Unset):  Example: 0.
        workspace_id (str | Unset):  Example: ws-myworkspace.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiKeyList | Error
    """

    return (
        await asyncio_detailed(
            client=client,
            page_size=page_size,
            current_page=current_page,
            workspace_id=workspace_id,
        )
    ).parsed
