"""Bringing Cloud PCs over to their policy's image, ring by ring.

Pure: `state` (what is known) → `judge` (where one Cloud PC stands) → `fleet` (turns, budget) →
`planner` (rules) → `actions`; `rings`, `preview`, `tally`. With rows: `drafts` and `services` (web
side), `desired`, `progress` (words of the pages). With Graph, workers only: `observe`, `checks`,
`apply`, driven by `w365.steps.reprovision`.
"""
