from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.create_api_key_object import CreateApiKeyObject
from ...models.create_api_key_sub_type import (
    CreateApiKeySubType,
)
from ...models.create_api_key_type import CreateApiKeyType
from ...models.created_api_key import CreatedApiKey
from ...models.error import Error
from ...types import Response


def _get_kwargs(
    type_: CreateApiKeyType,
    sub_type: CreateApiKeySubType,
    *,
    body: CreateApiKeyObject,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api-keys/{type_}/{sub_type}".format(
            type_=quote(str(type_), safe=""),
            sub_type=quote(str(sub_type), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreatedApiKey | Error | None:
    if response.status_code == 200:
        response_200 = CreatedApiKey.from_dict(response.json())

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
) -> Response[CreatedApiKey | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    type_: CreateApiKeyType,
    sub_type: CreateApiKeySubType,
    *,
    client: AuthenticatedClient | Client,
    body: CreateApiKeyObject,
) -> Response[CreatedApiKey | Error]:
    """Create API Keys

     Creates a new API key.

    Args:
        type_ (CreateApiKeyType):
        sub_type (CreateApiKeySubType):
        body (CreateApiKeyObject):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedApiKey | Error]
    """

    kwargs = _get_kwargs(
        type_=type_,
        sub_type=sub_type,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    type_: CreateApiKeyType,
    sub_type: CreateApiKeySubType,
    *,
    client: AuthenticatedClient | Client,
    body: CreateApiKeyObject,
) -> CreatedApiKey | Error | None:
    """Create API Keys

     Creates a new API key.

    Args:
        type_ (CreateApiKeyType):
        sub_type (CreateApiKeySubType):
        body (CreateApiKeyObject):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedApiKey | Error
    """

    return sync_detailed(
        type_=type_,
        sub_type=sub_type,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    type_: CreateApiKeyType,
    sub_type: CreateApiKeySubType,
    *,
    client: AuthenticatedClient | Client,
    body: CreateApiKeyObject,
) -> Response[CreatedApiKey | Error]:
    """Create API Keys

     Creates a new API key.

    Args:
        type_ (CreateApiKeyType):
        sub_type (CreateApiKeySubType):
        body (CreateApiKeyObject):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CreatedApiKey | Error]
    """

    kwargs = _get_kwargs(
        type_=type_,
        sub_type=sub_type,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    type_: CreateApiKeyType,
    sub_type: CreateApiKeySubType,
    *,
    client: AuthenticatedClient | Client,
    body: CreateApiKeyObject,
) -> CreatedApiKey | Error | None:
    """Create API Keys

     Creates a new API key.

    Args:
        type_ (CreateApiKeyType):
        sub_type (CreateApiKeySubType):
        body (CreateApiKeyObject):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CreatedApiKey | Error
    """

    return (
        await asyncio_detailed(
            type_=type_,
            sub_type=sub_type,
            client=client,
            body=body,
        )
    ).parsed
