"""What a volume is made of that is made for a container."""

import threading


def test_containers_that_start_together_find_a_new_volume_whole(engine):
    options = {"image": "fixture:latest", "Entrypoint": [], "User": "0", "host": {"Binds": ["together:/seed"]}}
    script = "cat /seed/greeting; readlink /seed/deep/up; touch /seed/$HOSTNAME"
    containers = [engine.create("sh", "-c", script, **options) for _ in range(6)]
    answers = []
    threads = [threading.Thread(target=lambda each=each: answers.append(
        engine.api.post(f"/containers/{each}/start"))) for each in containers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [answer.status for answer in answers] == [204] * len(containers), answers
    for container in containers:
        assert engine.wait(container) == 0
        assert engine.logs(container)[0] == "hello from the image\n../greeting\n"
    left = engine.out("ls -A /seed", **options).split()
    assert set(left) == {"greeting", "deep"} | {container[:12] for container in containers}


def test_options_of_a_mount_are_the_new_volumes(engine):
    mount = {"Type": "volume", "Source": "opted", "Target": "/data", "VolumeOptions": {
        "DriverConfig": {"Options": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}}}}
    assert "size=1024k" in engine.out("grep ' /data ' /proc/mounts", host={"Mounts": [mount]})
    assert engine.api.get("/volumes/opted").json["Options"]["o"] == "size=1m"
