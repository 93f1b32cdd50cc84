"""Shared ground of the reference services: the only package of ours that every service may import.

How a service is written (one package `reference_impl/<service>`, one module `service.py` with
`create`):

    from reference_impl.platform.configuration import Configuration
    from reference_impl.platform.problem import Refusal
    from reference_impl.platform.service import Answer, Call, Operation, Service

    def create(config: Configuration) -> Service:
        store = config.store                      # short transactions, one database per service
        store.create(METADATA)                    # SQLAlchemy 2 Core tables of this service
        seed(store, config.world)                 # only when the tables are empty

        async def get_member(call: Call) -> Answer:
            with store.read() as rows: ...
            if nothing: raise Refusal("NOT_FOUND", pointer="/number")
            return Answer(200, {...})

        async def register(call: Call) -> Work:   # state-changing: return a callable
            cover = await call.peer("eligibility").post("/hids/verification", {...})
            def commit(rows: Connection) -> Answer:   # runs in ONE transaction with the
                rows.execute(...)                     # idempotency record; raise Refusal to undo
                return Answer(201, {...}, {"location": ..., "etag": '"1"'})
            return commit

        return Service("irimc", (Operation("getMember", get_member, callers=EVERYONE), ...))

Method, path, parameters, body schema and document type of an operation come from the pack's
contract by `operationId`. By the time a handler runs, the kernel has checked: TLS identity, seal,
binding, path, method, size, content type, JSON, schema, parameters, document signature, and the
idempotency key (a repeated key never reaches the handler). See `service.Call` for what it gets.
"""
