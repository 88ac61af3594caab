// Takes the name in the network namespace that older builds of the daemon had for a lock, and keeps it. Prints "bound".
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void) {
    static const char name[] = "berthd.network";
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path + 1, name, sizeof name - 1);
    if (bind(made, (void *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof name)) < 0) return 1;
    printf("bound\n");
    fflush(stdout);
    pause();
    return 0;
}
