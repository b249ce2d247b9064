import collections
def test_x(exchanges):
    c=collections.Counter((e.method,e.kind,e.status) for e in exchanges)
    for k,v in sorted(c.items()): print(k,v)
    print(len(exchanges))
