"""HTTP/1.1 as plain ASGI under uvicorn: router, origins, bodies, relay, and the server that owns the sockets."""
