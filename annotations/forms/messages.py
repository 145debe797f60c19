"""What people send: that they have looked at their messages."""

from django import forms


class SeenForm(forms.Form):
    """Until when; what came after the page was shown isn't seen yet."""

    until = forms.DateTimeField(required=False)
