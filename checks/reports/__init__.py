"""Reports on checks, a form each: SARIF, JUnit, HTML, an annotated PDF, a Word copy with comments."""
