"""What something costs, line by line, and why.

Line    one priced part: base, rule, add-on, discount, tax. Quote: the lines of one wish and their total.
Rule    a merchant's condition that changes the running amount; data, edited in forms.
"""
