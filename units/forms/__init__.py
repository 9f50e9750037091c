"""The forms of units (表单): they parse what a person enters; the rule itself is in the action."""
