// Stops every other process of its PID namespace again and again, so that one which is put there does not come to execute
// its program. Prints "ready".
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    printf("ready\n");
    fflush(stdout);
    while (1)
        for (int pid = 2; pid < 400; pid++) kill(pid, SIGSTOP);
}
