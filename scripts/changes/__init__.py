"""What the change from one OpenAPI document to another means for a caller of this client.

`documents.compare` returns the changes and `report` shows them. The rules are tables: one for each
kind of object that OpenAPI has, in `documents`, and the one for schemas, in `schemas`. What no rule
covers is reported as breaking, for `walk` drops nothing.
"""
