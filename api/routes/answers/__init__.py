"""Questions, approved answers, and what people think of answers."""
