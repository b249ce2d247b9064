import time, cProfile, pstats, threading
from tests.crash.conftest import *
from tests.crash.test_updates import *
def test_prof(scene, workers):
    sync_tenant(scene.tenant.pk)
    n="0.0.0"
    for i in range(3):
        n=other(n); scene.logon("ann"); job=begin(scene,"immediate",n); seq=newest_request(scene)
        t=time.monotonic(); workers.run(job); d=time.monotonic()-t
        reqs=scene.control.get(f"/requests?since={seq}")["requests"]
        print("run",d,len(reqs), job.events.count())
        from collections import Counter
        print(Counter((r["method"],r["path"].split("/")[-2 if r["method"]!="POST" else -1], r["status"]) for r in reqs).most_common(14))
        for e in job.events.all(): print(e.at.isoformat()[17:23], e.step, e.text)
    print(workers.log.read_text()[-3000:]); assert 0
