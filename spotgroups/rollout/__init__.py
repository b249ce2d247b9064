"""The rollout of one image version over one Spot Group: observe, plan, apply.

Everything here but `observe` and `apply` is pure: it imports neither Django nor Azure.
Read `planner.py` first; it is the chain of rules, and every other file serves it.
"""
