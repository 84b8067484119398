"""Data that people bring: read (`reader`), described (`schema`), made into a data set (`builder`), kept (`store`)."""
