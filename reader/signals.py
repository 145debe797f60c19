"""What happens to texts, for whatever is written around them."""

from django.dispatch import Signal

# An article's text is another one: sent with `article`, whose row is locked and whose
# `text_revision` is the new one, inside the transaction that made it so.
text_revised = Signal()
