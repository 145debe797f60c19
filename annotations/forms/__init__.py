"""What people send: words and where they belong, notes to hand on, a group to copy."""

from annotations.forms.places import WHOLE, NewPlaceForm, as_measured, sentences_of
from annotations.forms.sharing import CopyForm, PublishForm
from annotations.forms.writing import (
    AnnotationForm,
    EditForm,
    ReplyForm,
    answered_to,
    default_audience,
    writes_to_circle,
)

__all__ = [
    "WHOLE",
    "AnnotationForm",
    "CopyForm",
    "EditForm",
    "NewPlaceForm",
    "PublishForm",
    "ReplyForm",
    "answered_to",
    "as_measured",
    "default_audience",
    "sentences_of",
    "writes_to_circle",
]
