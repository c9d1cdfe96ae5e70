"""Connections for requests that must be sent once and must not get another request's answer.

They are httpx transports and know nothing of what is sent. A connection is used again only in its
own process and event loop, within a second, after an answer of success that was read to its end
with nothing behind it; a call that ends in any other way closes its connection. Only connecting is
tried again. Synchronous sockets keep to the end of a call (`Until`), and `Sending` records whether
the headers of a request were begun.
"""

from portkey_admin_connections._pools import AsyncConnections, Connections
from portkey_admin_connections._sending import Sending
from portkey_admin_connections._sockets import Until
from portkey_admin_connections._trust import proxy_for, trust

__all__ = ["AsyncConnections", "Connections", "Sending", "Until", "proxy_for", "trust"]
