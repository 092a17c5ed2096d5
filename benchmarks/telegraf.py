"""The peer: Telegraf from the same broker into an InfluxDB, set as its users set it for throughput."""

from pathlib import Path

from benchmarks.plant import TOPIC
from tests.servers.influx import Influx, cache
from tests.servers.process import MissingError, Server

CLIENT = "telegraf"

_CONF = """
[agent]
  interval = "10s"
  flush_interval = "200ms"
  metric_batch_size = 5000
  metric_buffer_limit = 200000
  omit_hostname = true
  quiet = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["{topic}"]
  qos = 1
  client_id = "{client}"
  persistent_session = true
  max_undelivered_messages = 100000
  topic_tag = ""
  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "reading"
    timestamp_path = "ts"
    timestamp_format = "unix_ms"
    [[inputs.mqtt_consumer.json_v2.tag]]
      path = "device"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "temp"
      rename = "temperature"
      type = "float"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "rh"
      rename = "humidity"
      type = "float"
[[outputs.influxdb_v2]]
  urls = ["{influx.url}"]
  token = "{influx.token}"
  organization = "{influx.org}"
  bucket = "{influx.bucket}"
"""


class Telegraf(Server):
    """Reads from a port of the machine. Of several settings tried these were the fastest.

    A full batch leaves at once; what does not fill one, as at the end, waits for the flush interval: a short one.
    """

    def __init__(self, directory: Path, port: int, influx: Influx) -> None:
        super().__init__(directory, port)
        found = sorted(cache().glob("telegraf-*/telegraf"))
        if not found:
            raise MissingError("telegraf is not built (make telegraf)")
        self.program = str(found[-1])
        self.conf = directory / "telegraf.conf"
        self.conf.write_text(_CONF.format(port=port, topic=TOPIC, client=CLIENT, influx=influx))

    def command(self) -> list[str]:
        """Return how it is called."""
        return [self.program, "--config", str(self.conf)]

    def ready(self) -> bool:
        """It answers nobody; that it reads is seen at the broker."""
        return self.running
