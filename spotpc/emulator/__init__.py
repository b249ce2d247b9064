"""The Azure emulator: ARM, Entra, AVD and Graph over TLS on loopback, for the demo and the tests.

It imports nothing of the product and nothing of the product imports it. `server.py` listens,
`router.py` finds the function that answers, `world.py` keeps the state and the time, `wire.py`
knows envelopes and pages, `operations.py` long-running operations, `faults.py` trouble,
`control.py` the control plane, `durations.py` how long things take.

How a provider is written
-------------------------
A provider is a module (or package) named in `providers.py`; importing it registers everything.

**Routes** (`router`): `api_versions(namespace, *versions)` says what is accepted.
`declare(ResourceType("Ns/types", view=…, listed=…, names=regex))` gives GET of one, and lists in
the resource group, the subscription and the parent, paged. `@route(method, "Ns/types/children")`
registers `def f(call) -> Answer` for one resource (PUT, PATCH, DELETE, HEAD, or GET to replace the
free one); with `item=False` for a collection. `@action("Ns/types", "restart")` is a POST on a
resource. Type paths are compared without case. GETs of things that are not resources work too:
`@route("GET", "Ns/locations/usages", item=False)`; `call.path.names` is then `(location,)`.

**A call** (`router.Call`): `.body`, `.asked("force")` (a query value), `.expands("instanceView")`,
`.path` (subscription, resource_group, names, name), `.resource` (the one named, or acted on; raises
Azure's 404), `.require_parent()`, `.canonical_id()` (for a PUT), `.world`. Answers are
`Answer(status, body, headers)`; lists of your own `paged(call, values)`; refusals
`raise ArmError(status, code, message)`.

**Resources** (`world`): `Resource(id, type, body, inner)`; `body` is what a GET answers, `inner`
what Azure never shows. `world.find(id)`, `world.each(type, under=id)`, `world.save(resource)` after
every change, `world.remove(id)` (with everything nested). Anything else that must last is
`world.documents("sessions")`: `get`, `save(key, value)`, `remove`, `items`. All of it is in SQLite
before the answer goes out. Raise refusals before changing anything.

**Time** (`world`): `@event("host-registers")` registers `def f(world, *, host)`;
`world.after(90, "host-registers", host=id)` calls it 90 Azure seconds later, lazily but at
`world.now` = its due time. `world.pending(name, **args)`, `world.cancel(name, **args)`. Arguments
are JSON. Write durations in `durations.py`.

**Long-running operations** (`operations`): check `running_on(world, id)`, then
`op = start(call, resource, then="x", seconds=n, state="Creating", **args)` and
`return created(call, op, resource)` (PUT, PATCH) or `accepted(call, op)` (POST, DELETE).
`@completes("x")` registers `def f(world, **args) -> result | None`, which may raise `Failed(code,
message)` or `NotYet(seconds)`; `@aborts("x")` tidies up after a failure. provisioningState follows
by itself. `serve(namespace)` adds the two URLs.

**Hearing of others** (`world`): `@listens(name)` registers `def f(world, **facts)`. Emitted:
- `extension-succeeded` (vm, name, publisher, type, settings, protected): ids and bodies of the
  extension that has just ended well. A listener may raise `operations.Failed`: the extension fails.
- `vm-running` (vm): the guest is up and its agent answers, after a create, start or restart.
- `vm-stopped` (vm): the guest is gone: shut down, powered off, deallocated.
- `vm-removed` (vm): the VM was deleted.
- `behaviours-changed` (): behaviours were added or cleared.
`vm` is the VM's ARM id. What a VM is doing: `compute.power.power_of(world, vm_id)`.

**Graph** (`graph`; paths below `/v1.0` and `/beta`): `@graph("GET", "/groups/{id}", needs=(…,))`
(`graph.routing`) registers `def f(call) -> Answer`; `versions=("beta",)` for what v1.0 lacks. A
`GraphCall` has `.tenant` (the token's), `.params`, `.body`, `.asked("$expand")`, `.prefers(…)`,
`.documents(kind)` and `.find(kind, id)` (raises Graph's 404). Objects are documents
`{"body", "inner"}` of a kind and tenant, outside a call `documents_of(world, tenant, kind)`;
`GET /emulator/state` tells them all under `graph`. Answers are `one(call, value, entity)` and
`listed(call, values, entity)` (`graph.odata`: $filter, $select, pages); refusals
`raise GraphError(status, code, message)`. `people` and `devices` keep users, groups, licences and
devices; `entra.tenant_of(world, subscription)` says whose a subscription is. Emitted:
`directory-changed` (tenant): the control plane added or removed people, groups or licences.

**Trouble** (`faults`): `behaves(world, "hosts-unhealthy", hostPool=name, vm=name)` tells whether a
behaviour holds. `failures.expand(name)` gives the effects of a named failure, each with `surface`,
`method`, `path`, `status`, `headers`, `body`, `error`, `state`. One on the response is answered
before anything is written; one on the operation lets `start` succeed and the operation end with its
error; for one in the instance view `body` is kept in `inner["instanceView"]` of the target, and the
view of the VM, extension or run command merges it in.

**Control plane** (`control`): `@control("POST", "logon")` registers
`def f(world, body, query) -> Answer` for `/emulator/logon`; `refuse(status, reason)` refuses;
`@section("sessions")` adds a list to `GET /emulator/state`: `def f(world) -> list`.
"""
