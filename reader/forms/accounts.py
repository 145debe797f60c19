from django import forms

from reader.models import User


class SettingsForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("name", "theme", "text_size")
        widgets = {"theme": forms.RadioSelect, "text_size": forms.RadioSelect}
