"""Files → documents, whatever their format; strangers' files in a process of their own."""

from ingest.reading.contents import Doubt, Told
from ingest.reading.documents import read_document
from ingest.reading.finding import find_documents
from ingest.reading.isolation import Readers
from ingest.reading.kinds import readable as supported
from ingest.reading.results import FileRead, FileRefused

__all__ = [
    "Doubt",
    "FileRead",
    "FileRefused",
    "Readers",
    "Told",
    "find_documents",
    "read_document",
    "supported",
]
