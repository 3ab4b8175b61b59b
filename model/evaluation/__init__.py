"""The field's click protocol: how good are a model's masks after so many clicks."""
