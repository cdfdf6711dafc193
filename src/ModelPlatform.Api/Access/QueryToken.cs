namespace ModelPlatform.Api.Access;

/// <summary>The token a request carried in its query, from which it was cut before anything could log the address.</summary>
internal sealed record QueryToken(string Value);
