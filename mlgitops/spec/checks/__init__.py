"""What types alone cannot say: checks within a document and across documents. Pure; findings out."""
