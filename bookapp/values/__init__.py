"""Plain values that every layer may use: money, spans of time, refusals, words. Imports nothing of ours."""
