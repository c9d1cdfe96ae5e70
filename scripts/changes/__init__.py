"""What the change from one OpenAPI document to another means for a caller of this client.

`documents.compare` returns the changes and `report` shows them. `walk` visits each keyword of the
two documents; the tables at the end of `documents` and `schemas` have the rule of each keyword.
What no rule covers is reported as breaking, for the walk drops nothing.
"""
