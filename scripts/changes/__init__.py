"""Judge how the change from one OpenAPI document to another affects callers of this client.

`documents.compare` returns the changes and `report` shows them. `walk` visits each keyword of the
two documents; the tables at the end of `documents` and `schemas` have the rule of each keyword.
The walk skips no difference: a change that no rule covers is reported as breaking.
"""
