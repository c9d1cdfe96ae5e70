"""Property tests: every request of the client matches the spec.

Read two files first: test_conformance.py draws calls with schemathesis and checks each of them;
checking.py has the conditions that one call must meet. They use

- cases.py: the sources of calls, and which calls the document allows;
- calling.py and building.py: the ways through the client to the stub, and the models they take;
- meaning.py: whether two values mean the same;
- proving.py: the smallest case that fails, and the command that runs it alone;
- operations.py and naming.py: the document, and the generator's names for it.

The other tests check the harness, and properties that requests do not show. measure/ is the tool
behind `make conformance`: it draws cases of every kind and measures their coverage.
"""
