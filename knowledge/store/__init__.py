"""The relational store. The only package that imports SQLAlchemy."""

from knowledge.store.documents import Generation, Held, Store

__all__ = ["Generation", "Held", "Store"]
