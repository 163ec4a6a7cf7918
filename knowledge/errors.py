"""Every expected failure, one base. Messages are Chinese and say what to do next."""


class LianwenError(Exception):
    """A failure that a person can act on; its text is shown as it is."""


class ConfigurationError(LianwenError):
    """A setting is missing or wrong."""


class ModelError(LianwenError):
    """The embedding model cannot be found, unpacked or loaded."""


class IndexMismatchError(LianwenError):
    """The index was built by another model than the one configured."""


class NotBuiltError(LianwenError):
    """There is no live knowledge base to ask."""


class StoreError(LianwenError):
    """The data directory cannot be read or written."""


class OvertakenError(LianwenError):
    """The knowledge base changed since this refresh was prepared."""


class BusyError(LianwenError):
    """Another process holds what this one needs."""


class UnreadableError(LianwenError):
    """A file or folder cannot be read as a document."""


class LawPackageError(LianwenError):
    """The installed law package is missing or not laid out as expected."""


class QuestionError(LianwenError):
    """A question that cannot be asked as it is: empty, or far too long."""


class UnfaithfulQuoteError(LianwenError):
    """A quote that is not in the stored text was about to be sent."""


class AuditError(LianwenError):
    """The audit log is not what was written."""


class ReminderError(LianwenError):
    """A reminder cannot be written, or what was written no longer stands."""
