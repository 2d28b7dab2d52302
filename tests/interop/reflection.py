"""Calls services that nothing is known of but the server's address: their descriptors come by gRPC reflection."""

import os
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTOS = "/usr/share/grpc-proto"  # Debian's package grpc-proto: gRPC's own services
REFLECTION = "grpc/reflection/v1alpha/reflection.proto"


def message_class(descriptor):
    """The class of a message type. Protobuf 4.22 renamed the function."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory().GetPrototype(descriptor)


def load_reflection_service() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(
            [os.environ["PROTOC"], f"--proto_path={PROTOS}", f"--descriptor_set_out={out.name}", REFLECTION], check=True)
        for file in descriptor_pb2.FileDescriptorSet.FromString(out.read()).file:
            pool.Add(file)
    return pool


class Service:
    """A service whose methods are called by name, with keyword arguments for the request's fields."""

    def __init__(self, channel: grpc.Channel, pool: descriptor_pool.DescriptorPool, name: str):
        self._channel, self._descriptor = channel, pool.FindServiceByName(name)

    def call(self, method_name: str, **fields):
        method = self._descriptor.methods_by_name[method_name]
        unary = self._channel.unary_unary(
            f"/{self._descriptor.full_name}/{method_name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_class(method.output_type).FromString)
        return unary(message_class(method.input_type)(**fields), timeout=10)


class Reflection:
    """What a server tells of itself."""

    def __init__(self, channel: grpc.Channel):
        self._channel = channel
        method = load_reflection_service().FindServiceByName(
            "grpc.reflection.v1alpha.ServerReflection").methods_by_name["ServerReflectionInfo"]
        self._request = message_class(method.input_type)
        self._stream = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_class(method.output_type).FromString)
        self.pool = descriptor_pool.DescriptorPool()
        self._known = set()

    def _ask(self, **fields):
        (response,) = self._stream(iter([self._request(**fields)]), timeout=10)
        if response.HasField("error_response"):
            raise LookupError(response.error_response.error_message)
        return response

    def services(self) -> list[str]:
        return [service.name for service in self._ask(list_services="").list_services_response.service]

    def service(self, name: str) -> Service:
        self._load(self._ask(file_containing_symbol=name))
        return Service(self._channel, self.pool, name)

    def _load(self, response) -> None:
        for serialized in response.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(serialized)
            if file.name in self._known:
                continue
            self._known.add(file.name)
            for dependency in file.dependency:
                self._load(self._ask(file_by_filename=dependency))
            self.pool.Add(file)
