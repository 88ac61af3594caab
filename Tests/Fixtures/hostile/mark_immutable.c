// Sets the immutable mark on each of the files that it is told of, CAP_LINUX_IMMUTABLE. Prints "marked".
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(int count, char **arguments) {
    for (int index = 1; index < count; index++) {
        int file = open(arguments[index], O_RDONLY), marks = FS_IMMUTABLE_FL;
        if (file < 0 || ioctl(file, FS_IOC_SETFLAGS, &marks) < 0) return 1;
    }
    printf("marked\n");
    return 0;
}
