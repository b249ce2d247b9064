"""The one door to Azure. Only this package imports an Azure SDK.

Callers get small frozen dataclasses (`types`) and two error classes (`errors`); no SDK object
leaves. Importing this package imports no SDK: the clients load theirs when a worker connects.
"""
