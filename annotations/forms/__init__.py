"""What people send: words and where they belong, notes to hand on, a group to copy."""

from annotations.forms.sharing import CopyForm, PublishForm
from annotations.forms.writing import (
    AnnotationForm,
    EditForm,
    ReplyForm,
    answered_to,
    default_audience,
    sentences_of,
    writes_to_circle,
)

__all__ = [
    "AnnotationForm",
    "CopyForm",
    "EditForm",
    "PublishForm",
    "ReplyForm",
    "answered_to",
    "default_audience",
    "sentences_of",
    "writes_to_circle",
]
