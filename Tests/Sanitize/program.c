// What launches run: says by its status that it was reached.

int main(void) { return 42; }
