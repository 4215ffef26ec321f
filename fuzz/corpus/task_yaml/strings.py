a = ("x" 'y')
b = """t\x41\u00fc{q}"""
c = a + b + r'\n'
