"""Property tests: every request of the client matches the spec.

Two pages are the whole of the proof: test_conformance.py draws calls with schemathesis and proves
each, checking.py has what must hold of one call. They stand on

- cases.py: where calls come from, and which of them the document allows;
- calling.py and building.py: the ways through the client to the stub, and the models they take;
- meaning.py: whether two values mean the same;
- proving.py: the smallest case that fails, and the command that runs it alone;
- operations.py and naming.py: the document, beside what the generator made of it.

The other tests are about the harness, and about what cases of requests cannot show. measure/ is a
tool of its own, make conformance: it draws cases of every kind, and counts what they reach.
"""
