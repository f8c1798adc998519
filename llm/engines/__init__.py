"""What runs a chat model: llama.cpp in a child process, or servers that speak OpenAI's API."""
